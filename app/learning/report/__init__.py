"""What `models/<version>/report.html` says: figures, charts and tables, each with the rows it rests on."""

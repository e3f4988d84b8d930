"""What assignments and waits add to the history of a case, as a part of its timeline."""

# An assignment that another one followed, or that ended with the case, is told by that. A wait that reached
# its moment came back by itself. `n` orders these among what else happened at one moment.
KEPT = """
    SELECT assigned_at AS at, 5 AS n, 'assigned' AS what, by_id AS account_id, reason AS words,
        assignee_id AS whom_id, NULL::timestamptz AS until
    FROM this JOIN case_assignments s ON s.case_id = this.id
    UNION ALL
    SELECT ended_at, 4, CASE how WHEN 'access_ended' THEN 'assignee_left' ELSE how END, ended_by, end_reason,
        assignee_id, NULL
    FROM this JOIN case_assignments s ON s.case_id = this.id
    WHERE how IN ('lifted', 'given_back', 'lapsed', 'access_ended')
    UNION ALL
    SELECT began_at, 7, 'waits', account_id, reason, NULL, until
    FROM this JOIN case_waits w ON w.case_id = this.id
    UNION ALL
    SELECT coalesce(ended_at, until), 5, coalesce(how, 'returned'), ended_by, NULL, NULL, NULL
    FROM this JOIN case_waits w ON w.case_id = this.id
    WHERE how IS DISTINCT FROM 'closed'
        AND (ended_at IS NOT NULL OR until <= CAST(:now AS timestamptz))
"""

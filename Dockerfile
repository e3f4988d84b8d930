# Two stages: dependencies are built once, and the running image holds neither pip's cache nor compilers.
FROM python:3.11-slim AS build
WORKDIR /srv/tertium
RUN python -m venv .venv
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY app app
# The CPU build of torch; for a CUDA build pass another index.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN .venv/bin/pip install --no-cache-dir -c constraints.txt --extra-index-url "$TORCH_INDEX" -e .

FROM python:3.11-slim
RUN useradd --system --create-home tertium
WORKDIR /srv/tertium
COPY --from=build /srv/tertium /srv/tertium
COPY alembic.ini ./
COPY migrations migrations
COPY models models
USER tertium
ENV PATH=/srv/tertium/.venv/bin:$PATH TERTIUM_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["tertium", "serve"]

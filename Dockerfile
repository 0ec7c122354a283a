# One image for each package of ours; the same file builds with Docker and with Buildah:
#
#   docker build --build-arg PACKAGE=panjareh-requests --tag panjareh/requests .
#   docker run --read-only panjareh/requests rpc
#
# Third-party packages come from requirements.lock, checked by hash; ours are built here as wheels.
# Two builds of one commit are equal, byte for byte: docs/operations/images.md.
ARG BASE=docker.io/library/python:3.11-slim-bookworm
# Seconds since 1970, given to every file; a date before 1980 does not fit into a wheel.
ARG SOURCE_DATE_EPOCH=1577836800

# ---- what every image shares: our wheels, and the third-party files in uv's cache ---------------
FROM ${BASE} AS wheels
# An index of one's own may be named; a certificate of one's own is mounted into the system's store.
ARG PIP_INDEX_URL
ARG UV_DEFAULT_INDEX
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy
# The root is read-only when it runs, so everything is compiled now, the standard library too, which
# the base image leaves out. Unchecked: a file's time or a second hashing plays no part at a start.
ENV PYTHONPYCACHEPREFIX=/opt/pycache PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
ARG SOURCE_DATE_EPOCH
RUN python -m compileall -q --invalidation-mode unchecked-hash \
        -x '/(test|tests|idlelib|lib2to3|turtledemo|ensurepip|dist-packages|site-packages)/' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && find /opt/pycache -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
WORKDIR /src
COPY requirements.lock ./
# As constraints the lock pins every version and hash, and only what is asked for is installed.
RUN python -m venv /build \
    && awk '/^[^ #]/ { on = /^uv==/ } on && !/^ *#/' requirements.lock > /tmp/uv.txt \
    && /build/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/uv.txt \
    && /build/bin/uv pip install --python /build/bin/python --constraints requirements.lock hatchling
COPY libs libs
COPY services services
RUN for folder in libs/* services/*; do \
        (cd "$folder" && /build/bin/python -m hatchling build -t wheel -d /wheels) || exit 1; \
    done \
    && for wheel in /wheels/*.whl; do \
        echo "$(basename "$wheel" | cut -d- -f1 | tr _ -) @ file://$wheel"; \
    done > /wheels/ours.txt \
    && python -m venv --without-pip /tmp/all \
    && /build/bin/uv pip install --python /tmp/all/bin/python \
        --constraints requirements.lock --requirements /wheels/ours.txt \
    && rm -r /tmp/all

# ---- one package --------------------------------------------------------------------------------
FROM wheels AS package
COPY deploy/image/run.py ./
ARG PACKAGE
ARG SOURCE_DATE_EPOCH
# Offline, so that nothing but the checked files can come in. What uv notes for itself goes: a lock that
# anybody may write, and a wheel's own time, which differs from build to build.
RUN test -n "$PACKAGE" \
    && python -m venv --without-pip /opt/panjareh \
    && /build/bin/uv pip install --offline --python /opt/panjareh/bin/python \
        --constraints requirements.lock --constraints /wheels/ours.txt "$PACKAGE" \
    && find /opt/panjareh \( -name uv_cache.json -o -name .lock \) -delete \
    && find /opt/panjareh -name RECORD -exec sed -i '/uv_cache\.json/d' {} + \
    && sed "s/PACKAGE_OF_THIS_IMAGE/$(echo "$PACKAGE" | tr - _)/" run.py > /opt/panjareh/bin/run \
    && chmod 755 /opt/panjareh/bin/run
RUN /opt/panjareh/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/panjareh/lib \
    && find /opt/panjareh /opt/pycache/opt \
        -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

# ---- what is shipped ----------------------------------------------------------------------------
FROM ${BASE}
COPY --from=wheels /opt/pycache /opt/pycache
COPY --from=package /opt/panjareh /opt/panjareh
COPY --from=package /opt/pycache/opt /opt/pycache/opt
ENV PATH=/opt/panjareh/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPYCACHEPREFIX=/opt/pycache
USER 10001:10001
ENTRYPOINT ["/opt/panjareh/bin/run"]
ARG PACKAGE
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=2020-01-01T00:00:00Z
LABEL org.opencontainers.image.title="$PACKAGE" \
      org.opencontainers.image.description="Panjareh, an open platform for a national window of public services" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"

# One image for each package: docker build --build-arg PACKAGE=panjareh-requests .
# Third-party packages come from requirements.lock, checked by hash; ours are built here as wheels.
FROM python:3.11-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
COPY requirements.lock ./
RUN python -m venv /opt/build \
    && awk '/^[^ #]/ { on = /^uv==/ } on && !/^ *#/' requirements.lock > /tmp/uv.txt \
    && /opt/build/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/uv.txt \
    && VIRTUAL_ENV=/opt/build /opt/build/bin/uv pip sync --no-cache --require-hashes requirements.lock
COPY libs libs
COPY services services
RUN for folder in libs/* services/*; do \
        (cd "$folder" && /opt/build/bin/python -m hatchling build -t wheel -d /wheels) || exit 1; \
    done
ARG PACKAGE
# As constraints the lock pins every version and hash, and only what the package needs is installed.
RUN test -n "$PACKAGE" \
    && python -m venv --without-pip /opt/panjareh \
    && /opt/build/bin/uv pip install --no-cache --python /opt/panjareh/bin/python \
        --constraints requirements.lock \
        /wheels/panjareh_common-*.whl "$(ls /wheels/"$(echo "$PACKAGE" | tr - _)"-*.whl)"

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin panjareh
COPY --from=build /opt/panjareh /opt/panjareh
ENV PATH=/opt/panjareh/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
CMD ["python", "-c", "raise SystemExit('name a process: python -m panjareh_<service> <command>')"]

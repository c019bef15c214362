ARG BASE=node:24-trixie-slim

# Reduces package.json and its lock to what the service needs. Other changes to these files reinstall nothing.
FROM --platform=$BUILDPLATFORM ${BASE} AS manifest
WORKDIR /build
COPY service/image/manifest.ts package.json package-lock.json ./
RUN node manifest.ts /manifest

FROM --platform=$BUILDPLATFORM ${BASE} AS dependencies
WORKDIR /build
COPY --from=manifest /manifest ./
ENV npm_config_ignore_scripts=true npm_config_prefer_offline=true npm_config_audit=false npm_config_fund=false
# Certificates of additional authorities that npm trusts, as PEM.
ARG CERTIFICATES
# node_modules is kept in a cache mount, so npm only installs what has changed. An interrupted installation starts over.
RUN --mount=type=cache,target=/root/.npm --mount=type=cache,target=/installed,sharing=locked \
    if [ -n "$CERTIFICATES" ]; then printf '%s\n' "$CERTIFICATES" >/ca.pem && export NODE_EXTRA_CA_CERTS=/ca.pem; fi \
 && cp package.json package-lock.json /installed \
 && { rm /installed/complete 2>/dev/null && npm install --prefix /installed || npm ci --prefix /installed; } \
 && touch /installed/complete \
 && cp -r /installed/node_modules ./

FROM ${BASE} AS system
# Debian keeps no older versions to pin. A digest in BASE pins the base image.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils ca-certificates git openssh-client \
 && rm -rf /var/lib/apt/lists/*
COPY service/image/system.sh /
RUN ["bash", "/system.sh", "/system", "/packages.tsv"]

FROM --platform=$BUILDPLATFORM dependencies AS bundle
COPY package.json package-lock.json ./
COPY --from=system /packages.tsv ./
# esbuild is finished before garbage collection would pay off.
ENV GOGC=off
COPY service service
RUN ["node", "service/bundle.ts", "dist", "packages.tsv"]

FROM scratch AS runtime
COPY --from=system /system /
WORKDIR /app
ENV NODE_ENV=production UV_THREADPOOL_SIZE=16 PATH=/usr/local/bin:/usr/bin HOST=0.0.0.0 PORT=8000 ALLOWED_HOSTS=127.0.0.1,localhost
USER 1000:1000
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 CMD ["/usr/local/bin/node", "/app/main.js", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/node", "/app/main.js"]
CMD ["serve"]

# For development: mount service/ over /app/service, and the service restarts when a file changes.
FROM runtime AS development
COPY --from=dependencies /build/node_modules node_modules
COPY package.json service/image/reload.ts ./
COPY service/image/development.js main.js
COPY service service
ENTRYPOINT ["/usr/local/bin/node", "/app/reload.ts"]

FROM runtime
COPY --from=bundle /build/dist ./
ARG BASE
ARG VERSION=0.1.0
ARG REVISION
# Name of the server in the MCP registry.
ARG MCP_NAME=codebase-mcp
LABEL org.opencontainers.image.title="Codebase MCP" \
      org.opencontainers.image.description="A company's code, findable by its AI coding agents, on the company's own machines" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}" \
      io.modelcontextprotocol.server.name="${MCP_NAME}" \
      codebase-mcp.sbom="/app/sbom.cdx.json"

ARG BASE=node:24-trixie-slim

FROM ${BASE} AS bundle
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY service service
RUN node service/bundle.ts dist

FROM ${BASE} AS system
RUN apt-get update && apt-get install -y --no-install-recommends binutils ca-certificates
RUN mkdir -p /system/etc/ssl/certs /system/usr/local/bin /system/tmp && chmod 1777 /system/tmp \
 && strip -o /system/usr/local/bin/node /usr/local/bin/node \
 && ldd /usr/local/bin/node | grep -o '/[^ ]*' | xargs cp -L --parents -t /system \
 && cp -L /etc/ssl/certs/ca-certificates.crt /system/etc/ssl/certs/ \
 && echo 'codebase:x:1000:1000::/tmp:/nonexistent' >/system/etc/passwd \
 && echo 'codebase:x:1000:' >/system/etc/group \
 && echo 'hosts: files dns' >/system/etc/nsswitch.conf

FROM scratch
COPY --from=system /system /
COPY --from=bundle /build/dist /app
LABEL org.opencontainers.image.title="Codebase MCP" \
      org.opencontainers.image.licenses="Apache-2.0" \
      io.modelcontextprotocol.server.name="codebase-mcp"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 ALLOWED_HOSTS=127.0.0.1,localhost
WORKDIR /app
USER 1000:1000
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 CMD ["/usr/local/bin/node", "/app/main.js", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/node", "/app/main.js"]
CMD ["serve"]

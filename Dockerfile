# The gateway as an image: built from the locked sources, run by a user without rights, state in /data.
#   docker build -t gemel .
#   docker run --init -v gemel-data:/data -v ./gemel.yaml:/etc/gemel/gemel.yaml:ro gemel
# deploy/compose.yaml runs it with a broker, Prometheus and Grafana.

# The bundle.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY build.ts tsconfig.json ./
COPY bin bin
COPY src src
RUN npm run build

# What stays outside the bundle: native code and files. The image brings its own Node, so no optional one.
FROM node:24-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="gemel" \
      org.opencontainers.image.description="An industrial edge gateway with a digital twin inside" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 gemel \
 && useradd --uid 10001 --gid gemel --no-create-home --home-dir /data --shell /usr/sbin/nologin gemel \
 && install -d -o gemel -g gemel -m 0700 /data \
 && install -d -m 0755 /etc/gemel
WORKDIR /opt/gemel
COPY --from=packages /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY config config
# The folder of the state is set here, so that no configuration file can miss the volume. Libraries ask for a
# home, which another `--user` would not have.
ENV NODE_ENV=production \
    HOME=/data \
    GEMEL_STATE_DIR=/data
USER 10001:10001
VOLUME /data
# MQTT of the embedded broker, and the metrics. Both listen on loopback until the configuration says otherwise.
EXPOSE 1883 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.GEMEL_METRICS_PORT || 9464) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/gemel/bin/gemel.js"]
CMD ["run", "/etc/gemel/gemel.yaml"]

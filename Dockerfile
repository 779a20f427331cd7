# The service and the worker for machines without a GPU. Three stages: what builds stays behind.
# `scripts/check-container.sh` executes its RUN steps without a Docker engine.
FROM node:22.21.1-bookworm-slim AS build
WORKDIR /app
# The runtime's own installer would fetch CUDA files that a CPU does not need.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-fund --no-audit
COPY . .
RUN npm run build
RUN npm prune --omit=dev --no-fund --no-audit && node scripts/slim-modules.mjs node_modules

FROM node:22.21.1-bookworm-slim
LABEL org.opencontainers.image.title="orthanc-colouriser" \
      org.opencontainers.image.description="Research software, not for diagnosis" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
ENV NODE_ENV=production COLOURISER_DATA_FOLDER=/var/lib/colouriser
RUN install -d -o node -g node /var/lib/colouriser
COPY --from=build /app/package.json /app/NOTICE /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY --from=build /app/dist/console ./dist/console
COPY --from=build /app/bin ./bin
COPY --from=build /app/config ./config
COPY --from=build /app/schemas ./schemas
COPY --from=build /app/models ./models
COPY --from=build /app/scripts/probe.mjs ./scripts/
USER node
VOLUME /var/lib/colouriser
EXPOSE 8044 8045
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["node", "scripts/probe.mjs", "8044"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/bin/colouriser"]
CMD ["serve"]

# Peerlens as an image: see "Container" in server/README.md, and server/deploy/README.md.
#
#   docker build -t peerlens .
#   docker run --rm --network host -e PEERLENS_NETWORK=host --read-only -v peerlens:/data peerlens
#
# For linux/amd64 and linux/arm64. All stages run on the platform that the image is for.

ARG DENO_VERSION=2.9.6
# Of both platforms. `--build-arg DENO_DIGEST=` takes whatever has that tag here.
ARG DENO_DIGEST=@sha256:2014dc167ece617ef7e7ba40631ac2234c59e75ce693e7cc2dc2602b3c87859d

# Packages and pages: with esbuild, and everything else that the finished image does without.
FROM denoland/deno:debian-${DENO_VERSION}${DENO_DIGEST} AS build
WORKDIR /app
ENV DENO_NO_UPDATE_CHECK=1
COPY deno.json deno.lock ./
RUN deno install --quiet --frozen
COPY client client
COPY crates crates
COPY models models
COPY server/protocol server/protocol
RUN deno run --quiet -P=build client/build.ts --force --best && rm dist/assets/*.map
COPY . .
# What of the packages the server imports, with the native parts of one platform. TARGETARCH: amd64
# or arm64 from BuildKit; nothing from older builders, for which it is the platform that builds.
ARG TARGETARCH
RUN deno run --quiet -A server/deploy/runtime_modules.ts --arch "${TARGETARCH}" \
    # Some packages come with files for their owner only, some with files for everybody to change.
    && chmod -R a+rX,go-w .

FROM denoland/deno:debian-${DENO_VERSION}${DENO_DIGEST}
WORKDIR /app
# Reads and encodes cameras of the server. 476 MB with what it needs; `--build-arg FFMPEG=no` does without.
ARG FFMPEG=yes
RUN [ "$FFMPEG" = no ] || { apt-get update && apt-get install --yes --no-install-recommends ffmpeg \
    && apt-get clean && rm -rf /var/lib/apt/lists/*; }
ENV DENO_DIR=/app/.deno-dir \
    DENO_NO_UPDATE_CHECK=1 \
    PEERLENS_PREBUILT=1 \
    PEERLENS_NETWORK=bridge \
    PEERLENS_DATA_DIR=/data
COPY --from=build /app/deno.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/models models
COPY --from=build /app/crates/vision crates/vision
COPY --from=build /app/server server
# Sources are transpiled now, so that a start has nothing to write.
RUN deno cache --quiet server/start.ts server/main.ts server/inference/main.ts \
      server/inference/lane_worker.ts server/cameras/main.ts server/worker.ts server/deploy/health.ts \
    && mkdir -p models/local /run/secrets /data && chown 1993:1993 /data
# The user `deno`. By number, so that who runs it can tell that it is not root.
USER 1993
VOLUME /data
EXPOSE 3000 3443
STOPSIGNAL SIGTERM
# Of this very Deno: there is no curl in the image. It goes by variables, so that ports are no flags here.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["/usr/bin/deno", "run", "--quiet", "--no-prompt", "--allow-net", "--allow-env=PEERLENS_PORT,PEERLENS_HOST", "server/deploy/health.ts"]
ENTRYPOINT ["/usr/bin/deno", "run", "--quiet", "-P=start", "server/start.ts"]

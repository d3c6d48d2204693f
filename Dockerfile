# fetchd in a container: `make image`, then `docker compose -f config/compose.yaml up`.
#
# Inside the container the service listens on ALL interfaces, port 8484, since loopback there reaches nobody.
# It has no keys yet: publish the port on the host's loopback only (docker run -p 127.0.0.1:8484:8484), as
# config/compose.yaml does, or put something in front that knows your users.

FROM docker.io/library/debian:bookworm-slim AS build
COPY packaging /src/packaging
RUN /src/packaging/install build
COPY CMakeLists.txt CMakePresets.json /src/
COPY cmake /src/cmake
COPY client /src/client
COPY server /src/server
WORKDIR /src
# CCACHE_DIR may be mounted from outside to keep compiled objects between builds.
ENV CCACHE_DIR=/ccache CCACHE_BASEDIR=/src CCACHE_NOHASHDIR=1
RUN cmake --preset release -DFETCHD_TESTS=OFF \
    && cmake --build --preset release --target fetchd fetchctl \
    && strip --strip-unneeded build/release/bin/fetchd build/release/bin/fetchctl

FROM docker.io/library/debian:bookworm-slim
COPY packaging/install packaging/deps-run.txt /tmp/packaging/
RUN /tmp/packaging/install run \
    && rm -rf /tmp/packaging /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
    && useradd --system --uid 8484 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin fetchd \
    && install -d -o fetchd -g fetchd /data
COPY --from=build /src/build/release/bin/fetchd /src/build/release/bin/fetchctl /usr/local/bin/
COPY config/fetchd.toml /etc/fetchd/fetchd.toml
ENV FETCHD_SERVER_LISTEN=0.0.0.0:8484 FETCHD_JOBS_FOLDER=/data/jobs
USER fetchd
WORKDIR /data
VOLUME /data
EXPOSE 8484
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 \
    CMD ["/usr/local/bin/fetchctl", "--server", "http://127.0.0.1:8484", "status"]
ENTRYPOINT ["/usr/local/bin/fetchd"]
CMD ["--config", "/etc/fetchd/fetchd.toml"]

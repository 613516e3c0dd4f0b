# syntax=docker/dockerfile:1
# An image with both executables and nothing else:
#     docker build -t harden .
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" harden loose.txt -p win_amd64-cp312 -o strict.txt
#     docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" --entrypoint fetch harden
# `--user` is whoever may write to the folder that is mounted. The cache is in /tmp and ends with the container;
# mount a volume there to keep it.
# The executables are linked statically with musl, so the image needs no distribution; TLS roots come from
# the build stage. `--build` runs Python and compilers, which this image does not have: copy the executables
# into an image of your own for that (`COPY --from=harden /usr/local/bin/ /usr/local/bin/`). examples/ has
# Dockerfiles that use this image as a stage; scripts/examples emulates them, but not the build of this one.

FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev ca-certificates
WORKDIR /harden
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/harden/target \
    cargo install --locked --path . --root /out
# A folder keeps its mode when it is copied as part of another.
RUN mkdir -p /image/tmp /image/usr/local /image/etc/ssl/certs && chmod 1777 /image/tmp \
    && cp -r /out/bin /image/usr/local/ \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
COPY --from=build /image/ /
ENV PATH=/usr/local/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt HARDEN_CACHE_DIR=/tmp/harden
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/harden"]

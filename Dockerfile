# syntax=docker/dockerfile:1
# An image with both executables and nothing else:
#     docker build -t harden .
#     docker run --rm -v "$PWD:/work" harden loose.txt -p manylinux2014_aarch64-cp311 -o strict.txt
#     docker run --rm -v "$PWD:/work" --entrypoint fetch harden
# The executables are linked statically with musl, so the image needs no distribution; TLS roots come from
# the build stage. `--build` runs Python and compilers, which this image does not have: copy the executables
# into an image of your own for that (`COPY --from=harden /usr/local/bin/ /usr/local/bin/`).

FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev ca-certificates
WORKDIR /harden
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/harden/target \
    cargo install --locked --path . --root /out

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/bin/ /usr/local/bin/
ENV PATH=/usr/local/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt HARDEN_CACHE_DIR=/tmp/harden
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/harden"]

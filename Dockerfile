# The binary alone: no shell, no package manager, no root. It is built as `make
# release` builds it, so the same bytes come out of one commit.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
COPY cmd cmd
COPY processor processor
COPY state state
COPY topics topics
ARG VERSION=dev
ARG REVISION=
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -buildid= -X main.version=${VERSION} -X main.revision=${REVISION}" -o /out/sluice ./cmd/sluice \
 && mkdir -p /out/lib/sluice

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/sluice /sluice
# Keys and state: a volume in its place takes its owner.
COPY --from=build --chown=65532:65532 --chmod=0700 /out/lib/sluice /var/lib/sluice
WORKDIR /var/lib/sluice
USER 65532:65532
EXPOSE 8080
# Of `run`. There is no shell to ask with. Kubernetes has probes of its own.
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=6 CMD ["/sluice", "healthcheck"]
ENTRYPOINT ["/sluice"]
CMD ["run"]

# The binary alone: no shell, no package manager, no root.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY processor processor
COPY state state
COPY topics topics
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/sluice ./cmd/sluice \
 && mkdir -p /out/lib/sluice

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/sluice /sluice
# Keys and state: a volume in its place takes its owner.
COPY --from=build --chown=65532:65532 --chmod=0700 /out/lib/sluice /var/lib/sluice
WORKDIR /var/lib/sluice
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/sluice"]
CMD ["run"]

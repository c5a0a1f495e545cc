FROM node:24.21.0-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm run build && npm pack --pack-destination=/packed -w packages/core -w packages/correlator -w packages/server

FROM node:24.21.0-bookworm-slim
WORKDIR /app
COPY --from=build /packed /packed
RUN npm install --omit=dev --no-audit --no-fund /packed/*.tgz && rm -r /packed \
  && mkdir /data && chown node /data
USER node
ENV NODE_ENV=production FLOWSTITCH_DATA=/data
VOLUME /data
EXPOSE 4317 4318 4319
ENTRYPOINT ["/app/node_modules/.bin/flowstitch"]

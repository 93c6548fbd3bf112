# One image for API, worker, sandbox and the one-shot programs; docker-compose.yml chooses the command.
# Debian rather than Alpine: the native core of the Temporal SDK needs glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-bookworm-slim
# Dates of the host must not leak into workflow code.
ENV NODE_ENV=production TZ=UTC NODE_OPTIONS=--enable-source-maps
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY --from=build /app/dist ./dist
COPY temporal-config/*.json ./temporal-config/
# The journals of the simulated systems; a volume takes over the owner.
RUN install -d -o node -g node /var/lib/throughline
USER node
CMD ["node", "dist/apps/api/main.js"]

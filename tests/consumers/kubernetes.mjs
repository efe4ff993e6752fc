// Validates custom objects: a JSON list of objects on standard input, a JSON list of messages (or null) on standard output.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const models = path.resolve(process.argv[2], 'node_modules/@kubernetes-models');
const load = (file) => import(pathToFileURL(path.join(models, file)));
const kinds = {
  'gateway.networking.k8s.io/v1 HTTPRoute':
    (await load('gateway-api/gateway.networking.k8s.io/v1/HTTPRoute.js')).HTTPRoute,
  'external-secrets.io/v1 ExternalSecret':
    (await load('external-secrets/external-secrets.io/v1/ExternalSecret.js')).ExternalSecret,
};

function problem(object) {
  const Kind = kinds[`${object.apiVersion} ${object.kind}`];
  if (!Kind) return 'no schema for this kind';
  try {
    new Kind(object).validate();
    return null;
  } catch (error) {
    return error.message;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(problem)));

// Validates services for Cloud Run. Google takes a part of Knative and adds to it by annotations:
// https://cloud.google.com/run/docs/reference/yaml/v1

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = path.resolve(process.argv[2], 'node_modules');
const load = (file) => import(pathToFileURL(path.join(modules, file)));
const { Service } = await load('@kubernetes-models/knative/serving.knative.dev/v1/Service.js');
const yaml = (await load('yaml/dist/index.js')).default;

// A list of keys, each with what is below it; `true` is any value.
const probe = {
  httpGet: { path: true, port: true, httpHeaders: [{ name: true, value: true }] },
  periodSeconds: true, failureThreshold: true, timeoutSeconds: true, initialDelaySeconds: true,
};
const documented = {
  apiVersion: true,
  kind: true,
  metadata: { name: true, labels: true, annotations: true },
  spec: {
    template: {
      metadata: { annotations: true },
      spec: {
        containerConcurrency: true, timeoutSeconds: true, serviceAccountName: true,
        containers: [{
          name: true, image: true, command: true, args: true,
          ports: [{ name: true, containerPort: true }],
          env: [{ name: true, value: true, valueFrom: { secretKeyRef: { name: true, key: true } } }],
          resources: { limits: { cpu: true, memory: true } },
          startupProbe: probe, livenessProbe: probe,
          volumeMounts: [{ name: true, mountPath: true, readOnly: true }],
        }],
        volumes: [{
          name: true,
          secret: { secretName: true, items: [{ key: true, path: true, mode: true }] },
          emptyDir: { medium: true, sizeLimit: true },
          csi: true, nfs: true,
        }],
      },
    },
  },
};
const annotations = /^(run\.score\.dev\/(workload-name|files)|run\.googleapis\.com\/(ingress|invoker-iam-disabled|cloudsql-instances|container-dependencies|cpu-throttling|startup-cpu-boost|execution-environment|sessionAffinity|network-interfaces|vpc-access-egress)|autoscaling\.knative\.dev\/(minScale|maxScale))$/;

function* unknown(value, shape, at = '') {
  if (shape === true || value === null || typeof value !== 'object') return;
  if (Array.isArray(shape)) {
    for (const [index, it] of value.entries()) yield* unknown(it, shape[0], `${at}[${index}]`);
    return;
  }
  for (const [key, it] of Object.entries(value)) {
    if (!(key in shape)) yield `${at}.${key} is not documented`;
    else yield* unknown(it, shape[key], `${at}.${key}`);
  }
}

function* problems(service, secrets, read) {
  try {
    new Service(service).validate();
  } catch (error) {
    yield error.message;
  }
  yield* unknown(service, documented);
  const { metadata, spec: { template } } = service;
  if (!/^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/.test(metadata.name)) yield `name ${metadata.name}`;
  for (const [key, text] of Object.entries({ ...metadata.annotations, ...template.metadata?.annotations })) {
    if (typeof text !== 'string') yield `annotation ${key} is not text`;
    if (/(score\.dev|googleapis\.com|knative\.dev)\//.test(key) && !annotations.test(key)) yield `annotation ${key}`;
  }
  const { containers, volumes = [] } = template.spec;
  const names = containers.map((it) => it.name);
  if (new Set(names).size !== names.length) yield 'two containers of one name';
  const front = containers.filter((it) => it.ports);
  if (front.length > 1 || (containers.length > 1 && front.length !== 1)) yield `${front.length} containers with ports`;
  const after = JSON.parse(template.metadata?.annotations?.['run.googleapis.com/container-dependencies'] ?? '{}');
  for (const name of Object.entries(after).flat(2)) if (!names.includes(name)) yield `no container ${name}`;
  for (const container of containers) {
    if (container.ports && (container.ports.length !== 1 || !['http1', 'h2c'].includes(container.ports[0].name))) yield 'ports';
    for (const env of container.env ?? []) {
      if (/^K_(SERVICE|REVISION|CONFIGURATION)$/.test(env.name) || (env.name === 'PORT' && container.ports)) yield `reserved ${env.name}`;
      if ((env.value === undefined) === (env.valueFrom === undefined)) yield `variable ${env.name}`;
      if (env.value !== undefined && typeof env.value !== 'string') yield `variable ${env.name} is not text`;
      if (env.valueFrom) read.add(env.valueFrom.secretKeyRef.name);
    }
    for (const it of [container.startupProbe, container.livenessProbe].filter(Boolean)) {
      if ((it.periodSeconds ?? 10) * (it === container.startupProbe ? it.failureThreshold ?? 3 : 1) > 240) yield 'probe takes too long';
    }
    const mounts = (container.volumeMounts ?? []).map((it) => it.mountPath);
    if (new Set(mounts).size !== mounts.length) yield 'two volumes in one place';
    for (const mount of container.volumeMounts ?? []) {
      if (!volumes.some((it) => it.name === mount.name)) yield `no volume ${mount.name}`;
      if (/^\/(dev|proc|sys)(\/|$)|^\/?$/.test(mount.mountPath)) yield `volume at ${mount.mountPath}`;
    }
  }
  for (const volume of volumes) {
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(volume.name)) yield `volume ${volume.name}`;
    if (volume.secret) read.add(volume.secret.secretName);
  }
  for (const name of [...read, ...secrets]) if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) yield `secret ${name}`;
}

let seen = 0;
let accepted = 0;
let stray = 0;
function visit(folder) {
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  const read = new Set();
  const kept = path.join(folder, 'secrets');
  const secrets = fs.existsSync(kept) ? fs.readdirSync(kept) : [];
  let services = 0;
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) visit(file);
    if (!entry.isFile() || !entry.name.endsWith('.yaml')) continue;
    const text = fs.readFileSync(file, 'utf8');
    if (!text.startsWith('apiVersion: serving.knative.dev/v1\n')) continue;
    services += 1;
    seen += 1;
    const wrong = [...new Set(problems(yaml.parse(text), secrets, read))];
    if (wrong.length === 0) accepted += 1;
    else console.error(`refused: ${file}: ${wrong.join('; ')}`);
  }
  if (services === 0) return;
  for (const name of secrets) {
    if (fs.statSync(path.join(kept, name)).mode & 0o077) {
      stray += 1;
      console.error(`others can read ${path.join(kept, name)}`);
    }
  }
}
process.argv.slice(3).filter((it) => fs.existsSync(it)).forEach(visit);
if (seen === 0) {
  console.error('no service found');
  process.exit(1);
}
console.log(`Knative's schema and Google's rules accept ${accepted} of ${seen} services`);
process.exit(accepted === seen && stray === 0 ? 0 : 1);

//! How long a build takes: `cargo bench`. Workloads of the usual shape (one container, one file, postgres, redis,
//! dns and route each), from text to text: reading, resolving, evaluating, lowering and writing, without the disk.

#![allow(clippy::disallowed_methods, reason = "a benchmark prints")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scorec::compile::{Build, compile, settle};
use scorec::definition::{Definitions, Layer, Wishes, load};
use scorec::diag::Diags;
use scorec::emit::{Outputs, Request};
use scorec::library;
use scorec::resolve::NoPrograms;
use scorec::score::{self, FileError, Files, Workload};
use scorec::source::{Sources, Span};
use scorec::value::{Key, Value};

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, FileError> {
        Err(FileError::NotFound)
    }
}

fn score_file(number: usize) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        r#"apiVersion: score.dev/v1b1
metadata:
  name: w{number:05}
containers:
  main:
    image: nginx:1.29
    variables:
      DB: postgres://${{resources.db.username}}:${{resources.db.password}}@${{resources.db.host}}:${{resources.db.port}}/${{resources.db.name}}
      CACHE: ${{resources.cache.host}}:${{resources.cache.port}}
      HOST: ${{resources.dns.host}}
    files:
      /etc/app.conf:
        content: |
          db = ${{resources.db.host}}
          name = ${{metadata.name}}
service:
  ports:
    http: {{port: 80, targetPort: 8080}}
resources:
  db: {{type: postgres}}
  cache: {{type: redis}}
  dns: {{type: dns}}
  route: {{type: route, params: {{host: "${{resources.dns.host}}", path: /, port: 80}}}}
"#
    );
    text
}

/// What a process reads once.
struct Setup {
    sources: Sources,
    definitions: Definitions,
}

fn setup() -> Setup {
    let mut sources = Sources::default();
    library::register(&mut sources);
    let nodes = library::files().iter().filter(|it| !it.path.starts_with("rules/")).flat_map(library::nodes).collect();
    let layer = Layer { name: "library".into(), nodes, is_project: false, embedded: true };
    let mut diags = Diags::default();
    let definitions = load(&[layer], &mut diags);
    assert!(!diags.has_errors(), "{diags:?}");
    Setup { sources, definitions }
}

fn read(texts: &[String], sources: &mut Sources) -> Vec<Workload> {
    let mut diags = Diags::default();
    let read = |(number, text): (usize, &String)| {
        let path = format!("w{number:05}/score.yaml");
        let input = score::Input { path: &path, bytes: text.as_bytes(), overrides: None, sets: &[] };
        score::read(&input, &NoFiles, sources, &mut diags)
    };
    let workloads: Vec<Workload> = texts.iter().enumerate().filter_map(read).collect();
    assert_eq!(workloads.len(), texts.len(), "{diags:?}");
    workloads
}

fn build(setup: &Setup, workloads: &[Workload]) -> Outputs {
    let project = Value::object(
        [("name", Value::text("bench", Span::NONE)), ("root", Value::text("../..", Span::NONE))],
        Span::NONE,
    );
    let mut diags = Diags::default();
    let environment = settle(&setup.definitions, "local", &Wishes::default(), &project, &mut diags);
    let Some(environment) = environment else { panic!("{diags:?}") };
    let build = Build {
        workloads,
        definitions: &setup.definitions,
        environment: &environment,
        project: &project,
        programs: &NoPrograms,
    };
    let (key, builds) = (|| Ok(Key::new(b"a key for measuring only")), BTreeMap::new());
    let request = Request::new(&key, &builds);
    let Some(outputs) = compile(&build, &request, &mut diags) else { panic!("{diags:?}") };
    outputs
}

fn definitions(bench: &mut Criterion) {
    bench.bench_function("definitions", |it| it.iter(setup));
}

fn whole(bench: &mut Criterion) {
    let setup = setup();
    let mut group = bench.benchmark_group("build");
    group.sample_size(10);
    for size in [1, 10, 100, 1000] {
        let texts: Vec<String> = (0..size).map(score_file).collect();
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &texts, |it, texts| {
            it.iter(|| {
                let mut sources = Sources::default();
                let workloads = read(texts, &mut sources);
                build(&setup, &workloads)
            });
        });
    }
    group.finish();
    drop(setup.sources);
}

criterion_group!(benches, definitions, whole);
criterion_main!(benches);

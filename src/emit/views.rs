//! The views of all workloads, with every placeholder resolved.

use std::sync::Arc;

use super::{Request, options};
use crate::diag::{Code, Diag, Diags};
use crate::ir::view::{self, Mounted};
use crate::resolve::{Input, Resolved};
use crate::score::{Container, Piece, Root, Template, Volume};
use crate::value::Value;

/// One view per workload, in order. `None` after a problem; all of them have been reported then.
pub(super) fn workloads(
    input: Input<'_>,
    resolved: &Resolved<'_>,
    request: &Request<'_>,
    diags: &mut Diags,
) -> Option<Vec<Value>> {
    let mut views: Vec<Option<Value>> = Vec::with_capacity(input.workloads.len());
    for (index, workload) in input.workloads.iter().enumerate() {
        let options = options::of(input, resolved, workload, diags);
        let given = options.clone().unwrap_or_else(|| Value::null(workload.name.at));
        let mut filler = Filler { input, resolved, request, diags };
        let view = view::workload(index, workload, &resolved.containers[index], given, &mut filler);
        views.push(options.and(view));
    }
    views.into_iter().collect()
}

/// The view `resources` of targets, in topological order.
pub(super) fn resources(input: Input<'_>, resolved: &Resolved<'_>) -> Vec<Value> {
    let views = resolved
        .order
        .iter()
        .filter(|node| !resolved.graph.resource(**node).is_some_and(|it| it.is_workload()))
        .filter_map(|node| resolved.resources.get(node))
        .map(|it| {
            let mut view = it.view.as_map().cloned().unwrap_or_default();
            view.insert(Arc::from("params"), it.params.clone());
            view.insert(Arc::from("outputs"), it.outputs.clone());
            let users = resolved.graph.users(it.node);
            let names = users.iter().map(|index| &input.workloads[*index].name);
            let names = names.map(|it| Value::text(it.value.clone(), it.at)).collect();
            view.insert(Arc::from("users"), Value::list(names, it.view.at));
            Value::map(view, it.view.at)
        });
    views.collect()
}

struct Filler<'a, 'd> {
    input: Input<'a>,
    resolved: &'a Resolved<'a>,
    request: &'a Request<'a>,
    diags: &'d mut Diags,
}

impl view::Resolve for Filler<'_, '_> {
    fn text(&mut self, workload: usize, template: &Template) -> Option<Value> {
        let result = self.resolved.text(self.input, workload, template);
        self.diags.take(result)
    }

    fn mounted(&mut self, workload: usize, volume: &Volume) -> Option<Mounted> {
        let [Piece::Placeholder(placeholder)] = volume.source.pieces.as_slice() else { return Some(Mounted::Text) };
        let (Root::Resource(name), []) = (&placeholder.root, placeholder.keys.as_slice()) else {
            return Some(Mounted::Text);
        };
        let (outputs, rule) = self.resolved.outputs_of(self.input, workload, name)?;
        if outputs.get("mount").is_some() {
            return Some(Mounted::Outputs(outputs.clone()));
        }
        let message = format!("resource `{name}` cannot be mounted: it has no output `mount`");
        self.diags.push(
            Diag::error(Code::UnknownOutput, placeholder.at, message)
                .here("mounted here")
                .label(rule, "the rule that meets it")
                .help("use a resource of type `volume`, or give the rule an output `mount`"),
        );
        None
    }

    fn build(&mut self, workload: usize, container: &Container) -> Value {
        let workload = &self.input.workloads[workload].name.value;
        let key: (Arc<str>, Arc<str>) = (workload.clone(), container.name.value.clone());
        match self.request.builds.get(&key) {
            Some(build) => build.clone(),
            None => {
                if &*container.image.value == "." {
                    self.diags.push(missing_image(workload, container));
                }
                Value::null(container.image.at)
            }
        }
    }
}

/// `image: "."` says that the build supplies the image (score-spec, "containers.*.image").
fn missing_image(workload: &str, container: &Container) -> Diag {
    let name = &container.name.value;
    Diag::error(Code::ImageMissing, container.image.at, format!("container `{name}` has no image"))
        .here("`.` stands for an image that the build supplies")
        .help(format!("add `--image {workload}/{name}=IMAGE`, or `--build {workload}/{name}=FOLDER` to build it"))
}

//! Images chosen at build time: `--image [[WORKLOAD/]CONTAINER=]REFERENCE`.
//!
//! In: the arguments, and the workloads of a run. Out: workloads with their images replaced. An argument that
//! matches nothing is an error, so that a misspelt name cannot ship the old image.

use std::sync::Arc;

use super::model::Workload;
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::source::{Sources, Span, Spanned};

/// One `--image` argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageChoice {
    pub workload: Option<Arc<str>>,
    /// `None`: every container whose image is `.`.
    pub container: Option<Arc<str>>,
    pub image: Arc<str>,
    /// The argument, as a source of its own.
    pub at: Span,
}

impl ImageChoice {
    /// Reads an argument. A reference holds no `=`, so what stands before one names a container, or a workload
    /// and a container; `WORKLOAD/=REFERENCE` names a workload alone.
    ///
    /// # Errors
    /// The reference or a name is empty.
    pub fn parse(argument: &str, sources: &mut Sources) -> Result<ImageChoice, Diag> {
        let file = sources.add("--image", argument);
        let at = Span::new(file, 0, argument.len());
        let (names, image) = match argument.split_once('=') {
            Some((names, image)) => (Some(names), image),
            None => (None, argument),
        };
        let (workload, container) = match names.map(|it| it.split_once('/').ok_or(it)) {
            None => (None, None),
            Some(Ok((workload, ""))) => (Some(workload), None),
            Some(Ok((workload, container))) => (Some(workload), Some(container)),
            Some(Err(container)) => (None, Some(container)),
        };
        if image.is_empty() || workload == Some("") || container == Some("") {
            return Err(Diag::error(Code::ScoreOverride, at, format!("`--image {argument}` lacks a part"))
                .here("a name or the image is empty")
                .help("write `--image REFERENCE`, `--image CONTAINER=REFERENCE` or `--image WORKLOAD/CONTAINER=REFERENCE`"));
        }
        Ok(ImageChoice {
            workload: workload.map(Arc::from),
            container: container.map(Arc::from),
            image: image.into(),
            at,
        })
    }
}

/// Replaces the images of all workloads of a run, choice after choice. A container that got its image from one
/// choice is no longer one whose image is `.`, but a later choice that names it wins.
pub fn choose(choices: &[ImageChoice], workloads: &mut [Workload], diags: &mut Diags) {
    for choice in choices {
        if apply(choice, workloads) == 0 {
            diags.push(unmatched(choice, workloads));
        }
    }
}

fn apply(choice: &ImageChoice, workloads: &mut [Workload]) -> usize {
    let mut matched = 0;
    let wanted = |it: &&mut Workload| choice.workload.as_ref().is_none_or(|name| *name == it.name.value);
    for workload in workloads.iter_mut().filter(wanted) {
        for (name, container) in &mut workload.containers {
            let meant = match &choice.container {
                Some(wanted) => wanted == name,
                None => &*container.image.value == ".",
            };
            if meant {
                container.image = Spanned::new(choice.image.clone(), choice.at);
                workload
                    .features
                    .retain(|it| it.name != "container.image.build" || it.container.as_ref() != Some(name));
                matched += 1;
            }
        }
    }
    matched
}

fn unmatched(choice: &ImageChoice, workloads: &[Workload]) -> Diag {
    let names = || workloads.iter().map(|it| &*it.name.value);
    let unknown = choice.workload.as_ref().filter(|wanted| !names().any(|it| it == &***wanted));
    let (message, help) = match (unknown, &choice.container) {
        (Some(workload), _) => (format!("no workload is named `{workload}`"), did_you_mean(workload, names())),
        (None, Some(container)) => {
            let known = workloads
                .iter()
                .filter(|it| choice.workload.as_ref().is_none_or(|name| *name == it.name.value))
                .flat_map(|it| it.containers.keys().map(|it| &**it));
            (format!("no container is named `{container}`"), did_you_mean(container, known))
        }
        (None, None) => {
            let help = format!("write `--image CONTAINER={}` to replace another image", choice.image);
            ("no container has the image `.`, which `--image` replaces".to_owned(), Some(help))
        }
    };
    Diag::error(Code::ScoreOverride, choice.at, message).here("replaces nothing").maybe_help(help)
}

//! The identity of a resource: type, class and id. Equal ones are one resource, whoever asks for it.

use std::fmt;
use std::sync::Arc;

use crate::score::Resource;

/// The class of a resource that names none.
pub const DEFAULT_CLASS: &str = "default";

/// `TYPE.CLASS#ID`, where the id is `WORKLOAD.NAME` unless the Score file gives one (score.dev,
/// "resources.*.id").
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Uid {
    text: Arc<str>,
    /// Where the class and the id begin in `text`.
    class: usize,
    id: usize,
}

impl Uid {
    #[must_use]
    pub fn new(ty: &str, class: Option<&str>, id: &str) -> Self {
        let class = class.unwrap_or(DEFAULT_CLASS);
        let text = Arc::from(format!("{ty}.{class}#{id}"));
        Uid { text, class: ty.len() + 1, id: ty.len() + class.len() + 2 }
    }

    /// The identity of a resource that a workload declares.
    #[must_use]
    pub fn of(workload: &str, resource: &Resource) -> Self {
        let class = resource.class.as_ref().map(|it| &*it.value);
        match &resource.id {
            Some(id) => Uid::new(&resource.ty.value, class, &id.value),
            None => Uid::new(&resource.ty.value, class, &format!("{workload}.{}", resource.name.value)),
        }
    }

    #[must_use]
    pub fn ty(&self) -> &str {
        &self.text[..self.class - 1]
    }

    #[must_use]
    pub fn class(&self) -> &str {
        &self.text[self.class..self.id - 1]
    }

    #[must_use]
    pub fn id(&self) -> &str {
        &self.text[self.id..]
    }

    /// The last part of the id: for a private resource its name in the Score file.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id().rsplit('.').next().unwrap_or_default()
    }

    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

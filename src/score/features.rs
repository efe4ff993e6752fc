//! The closed list of Score features that a target may be unable to express.
//!
//! A capability table of a target names features of this list only. Readers record each use with its place.

/// Every feature name.
pub const ALL: &[&str] = &[
    "containers.several",
    "container.command",
    "container.args",
    "container.variables",
    "container.image.build",
    "container.files",
    "container.files.binary",
    "container.files.mode",
    "container.volumes",
    "container.volumes.path",
    "container.volumes.read-only",
    "container.limits",
    "container.requests",
    "container.liveness-probe.http-get",
    "container.liveness-probe.exec",
    "container.readiness-probe.http-get",
    "container.readiness-probe.exec",
    "container.before.started",
    "container.before.healthy",
    "container.before.complete",
    "service.ports",
    "service.ports.udp",
    "metadata.annotations",
    "metadata.extra",
];

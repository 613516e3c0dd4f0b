//! skeleton
/// A name for a platform that people deploy on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// The name, as `debian-12-arm64`.
    pub name: &'static str,
    /// The target it stands for.
    pub target: &'static str,
    /// Where the fact can be looked up.
    pub source: &'static str,
}
/// All presets.
pub const PRESETS: &[Preset] = &[];

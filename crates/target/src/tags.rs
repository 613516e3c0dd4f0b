//! skeleton
use crate::WheelTags;
/// The ordered wheel tags of a target, best first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tags {}
/// The rank of a wheel on a target: a greater one is the better choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagRank {}
impl Tags {
    /// The rank of a wheel with these tags (best tag, then build number), or `None` where it does not fit.
    pub fn rank(&self, _wheel: &WheelTags) -> Option<TagRank> {
        todo!()
    }
    /// The tags in full, best first, as `cp311-cp311-manylinux_2_17_aarch64`.
    pub fn iter(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::empty()
    }
}

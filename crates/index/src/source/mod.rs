//! Those who answer for a project: indexes, each in the best form it speaks, and lists of links.

mod index;
mod links;

pub(crate) use index::RemoteIndex;
pub(crate) use links::LinkList;

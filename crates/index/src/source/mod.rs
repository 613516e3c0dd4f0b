//! Those who answer for a project: indexes, each in the best form it speaks, and lists of links.

mod link_list;
mod remote_index;

pub(crate) use link_list::LinkList;
pub(crate) use remote_index::RemoteIndex;

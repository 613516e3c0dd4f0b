//! Those who answer for a project: indexes, each in the best form it speaks, and lists of links.

mod evidence;
mod link_list;
mod remote_index;
mod supplement;

pub(crate) use link_list::LinkList;
pub(crate) use remote_index::RemoteIndex;

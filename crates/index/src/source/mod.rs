//! The sources of a project: indexes, each in the best form that it supports, and lists of links.

mod json_supplement;
mod link_list;
mod page_search;
mod refusal;
mod release_api;
mod remote_index;

pub(crate) use link_list::LinkList;
pub(crate) use remote_index::RemoteIndex;

//! A page of links or a folder with distributions of any project (`--find-links`).

use std::path::Path;

use harden_packaging::IndexError;
use reqwest::StatusCode;
use tokio::sync::OnceCell;
use url::Url;

use crate::context::Context;
use crate::error::{failed, in_one_line};
use crate::http::Request;
use crate::protocol::{ACCEPT_HTML, ListedFile, read_links};
use crate::{FindLinks, IndexUrl};

/// A place named by `--find-links`, read when it is first used.
pub(crate) struct LinkList {
    place: FindLinks,
    files: OnceCell<Result<Vec<ListedFile<'static>>, IndexError>>,
}

impl LinkList {
    pub(crate) fn new(place: FindLinks) -> Self {
        Self {
            place,
            files: OnceCell::new(),
        }
    }

    pub(crate) fn place(&self) -> &FindLinks {
        &self.place
    }

    /// The files there, of whatever project.
    pub(crate) async fn files(
        &self,
        context: &Context,
    ) -> Result<&[ListedFile<'static>], IndexError> {
        let read = || async {
            let files = match &self.place {
                FindLinks::Local(path) => local_files(path),
                FindLinks::Page(url) => linked_files(context, url).await,
            };
            files.map_err(|why| failed(format!("cannot read the links of {}: {why}", self.place)))
        };
        let files = self.files.get_or_init(read).await;
        files.as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }
}

async fn linked_files(
    context: &Context,
    address: &IndexUrl,
) -> Result<Vec<ListedFile<'static>>, String> {
    let ask = Request::get(address.url().clone()).of_index(address);
    let ask = ask.accept(ACCEPT_HTML);
    let reply = context.http.ask(&ask).await?;
    if reply.status != StatusCode::OK {
        return Err(reply.refusal());
    }
    links(&reply.body, &reply.url)
}

/// The files of a folder, those that an HTML file links to, or the one file that `path` is.
fn local_files(path: &Path) -> Result<Vec<ListedFile<'static>>, String> {
    let path = std::path::absolute(path).map_err(|error| in_one_line(&error))?;
    if path.is_dir() {
        return folder_files(&path).map_err(|error| in_one_line(&error));
    }
    let is_page = path
        .extension()
        .is_some_and(|extension| extension == "html" || extension == "htm");
    if !is_page {
        let listed = local_file(&path).map_err(|error| in_one_line(&error))?;
        return Ok(listed.into_iter().collect());
    }
    let body = fs_err::read(&path).map_err(|error| in_one_line(&error))?;
    let base = Url::from_file_path(&path)
        .map_err(|()| "its path cannot be written as a URL".to_owned())?;
    links(&body, &base)
}

fn folder_files(folder: &Path) -> std::io::Result<Vec<ListedFile<'static>>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        files.extend(local_file(&entry?.path())?);
    }
    Ok(files)
}

/// The file at `path`; `None` if it is not a file, or its name is not Unicode.
fn local_file(path: &Path) -> std::io::Result<Option<ListedFile<'static>>> {
    let found = fs_err::metadata(path)?;
    let name = path.file_name().and_then(|name| name.to_str());
    let (Some(name), Ok(url), true) = (name, Url::from_file_path(path), found.is_file()) else {
        return Ok(None);
    };
    Ok(Some(ListedFile {
        size: Some(found.len()),
        ..ListedFile::bare(name.to_owned().into(), String::from(url).into())
    }))
}

fn links(body: &[u8], base: &Url) -> Result<Vec<ListedFile<'static>>, String> {
    read_links(body, base).map_err(|error| error.to_string())
}

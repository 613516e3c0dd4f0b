//! A lock to look at: reports in HTML, Markdown and text; graphs in SVG, DOT, Mermaid and JSON.
//!
//! A [`Report`] goes in, text comes out; nothing here reads files, asks a network or knows of a
//! terminal, and the same model gives the same bytes. What lives where:
//!
//! - `model`: the content of a report; `safe_text`: untrusted strings, made safe to show;
//! - `facts`: sums, rows, dates that follow from it;
//! - `graph`: who needs whom, laid out and drawn, or written in the languages of other tools;
//! - `html`: the page; its markup, style and script are in `templates`;
//! - `markdown`, `plain`: the same for a pull request and for a terminal.

mod derived_facts;
mod graph;
mod html;
mod markdown;
pub mod model;
mod number_text;
mod plain_text;
mod safe_text;

pub use graph::Graph;
pub use html::html;
pub use markdown::markdown;
pub use model::Report;
pub use plain_text::plain;
pub use safe_text::Text;

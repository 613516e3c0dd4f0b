//! A lock to look at: reports in HTML, Markdown and text; graphs in SVG, DOT, Mermaid and JSON.
//!
//! A [`Report`] goes in, text comes out; nothing here reads files, asks a network or knows of a
//! terminal, and the same model gives the same bytes. What lives where:
//!
//! - `model`: what a report tells; `text`: strings from strangers, made safe to show;
//! - `facts`: sums, rows, dates that follow from it;
//! - `graph`: who needs whom, laid out and drawn, or written in the languages of other tools;
//! - `html`: the page; its markup, style and script are in `templates`;
//! - `markdown`, `plain`: the same for a pull request and for a terminal.

mod facts;
mod graph;
mod html;
mod markdown;
pub mod model;
mod plain;
mod text;
mod words;

pub use graph::Graph;
pub use html::html;
pub use markdown::markdown;
pub use model::Report;
pub use plain::plain;
pub use text::Text;

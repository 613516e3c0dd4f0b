//! PubGrub for one target platform or several, over an index.

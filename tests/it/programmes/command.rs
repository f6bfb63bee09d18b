//! `qiantang programme check` as people and programs see it.

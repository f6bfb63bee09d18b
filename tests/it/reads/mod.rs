//! What is asked of the database is answered as it was written: by identifier and page by page, as far as the asker may see.

mod market;
mod money;
mod paging;
mod pool;
mod things;

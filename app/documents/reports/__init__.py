"""Reports as documents: columns of sheets, pages to print, and the words they use."""

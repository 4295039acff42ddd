"""Ratios against the best rule engines, a plain COPY and a bare handler, all taken in one run."""

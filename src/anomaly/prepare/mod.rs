//! Computed once for all detectors: suppliers resolved, invoices gathered, recurrence.

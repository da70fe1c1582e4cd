//! One log's misfortune is not another's: what a format does with evidence runs guarded, so that a panic ends that log and nothing else.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<u32> = const { Cell::new(0) };
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Panics of guarded work become findings, not on the terminal. Others are printed as ever.
fn hook() {
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if GUARDED.get() == 0 {
                return before(panic);
            }
            let what = match (panic.payload().downcast_ref::<&str>(), panic.payload().downcast_ref::<String>()) {
                (Some(text), _) => *text,
                (_, Some(text)) => text.as_str(),
                _ => "no reason was given",
            };
            let place = panic.location().map_or_else(String::new, |place| format!(" ({}:{})", place.file(), place.line()));
            MESSAGE.set(Some(format!("{what}{place}")));
        }));
    });
}

/// Does `work`. If it panics, gives the reason as a sentence for a finding.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    caught(work)
        .map_err(|reason| format!("The program made a mistake on this evidence: {reason}. That is a fault of Sealscope; please report it."))
}

/// Does a part of guarded work on another thread. A panic passes to the thread that waits for it, but is not printed.
pub(super) fn quiet<T>(work: impl FnOnce() -> T) -> T {
    caught(work).unwrap_or_else(|reason| resume_unwind(Box::new(reason)))
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    hook();
    MESSAGE.set(None);
    GUARDED.set(GUARDED.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(GUARDED.get() - 1);
    result.map_err(|payload| {
        // Panics of a thread that helped leave no message here, but the payload is theirs.
        let carried =
            || payload.downcast_ref::<String>().cloned().or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        MESSAGE.take().or_else(carried).unwrap_or_else(|| "no reason was given".into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_sentence() {
        let sliced = guarded(|| "key aé"[..6].len());
        assert!(sliced.is_err_and(|why| why.contains("char boundary")));
        assert_eq!(guarded(|| 7), Ok(7));
    }

    #[test]
    fn a_panic_of_a_helping_thread_is_caught_too() {
        use rayon::prelude::*;
        let result = guarded(|| (0..64).into_par_iter().map(|number| quiet(|| 100 / (number - 32))).sum::<i32>());
        assert!(result.is_err_and(|why| why.contains("divide")));
    }
}

//! `sealscope time-stamp`.

use std::path::Path;

use super::exit::{FINE, INCOMPLETE};
use sealscope::bundle::{attach, request as make_request};
use sealscope::model::text::visible;
use sealscope::model::time;
use sealscope::trust::Store as Keys;
use sealscope::trust::time_stamp::Trust;

/// Makes the request, or puts the answer into the bundle. 2: the answer fits, but no trusted authority vouches for it.
pub(super) fn time_stamp(bundle: &Path, request: Option<&Path>, answer: Option<&Path>, keys: &Keys) -> Result<u8, String> {
    if let Some(request) = request {
        make_request(bundle, request).map_err(|error| error.to_string())?;
        println!("Request written to {}. Send it to an authority, for example:", request.display());
        println!(
            "    curl -H 'Content-Type: application/timestamp-query' --data-binary @{} URL > {}",
            request.display(),
            request.with_extension("tsr").display()
        );
        return Ok(FINE);
    }
    let Some(answer) = answer else { return Err("give --request FILE.tsq or --answer FILE.tsr".into()) };
    let stamp = attach(bundle, answer, keys).map_err(|error| error.to_string())?;
    println!("Stamped {} by {}, serial number {}", time::seconds(stamp.time), visible(&stamp.authority), stamp.serial);
    Ok(match stamp.trust {
        Trust::Trusted => FINE,
        Trust::Unknown(why) => {
            println!("However, {}. Trust its certificate with --trust.", visible(&why));
            INCOMPLETE
        }
    })
}

//! Lanes, ranges and the way back, without a window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::gui::state::CaseView;
    use crate::gui::state::axis::Axis;
    use crate::gui::state::lanes::{Group, Label, LaneOrder, Line};
    use crate::gui::state::range::Range;
    use crate::gui::state::settings::Settings;
    use crate::gui::state::wish::Wish;
    use crate::model::time::SECOND;
    use crate::model::{Category, Event, Kind, Outcome};
    use crate::query::Filter;
    use crate::store::index::Subject;
    use crate::store::{Batch, Index, Store};
    use crate::verify::Examination;

    /// What one event is: its identity, the key it acted with, its category, and the key that it is about.
    struct Act(&'static str, &'static str, Category, &'static str);

    /// Events ten seconds apart.
    fn view(acts: &[Act]) -> CaseView {
        let mut store = Store::default();
        let mut batch = Batch::default();
        for (number, Act(identity, key, category, about)) in acts.iter().enumerate() {
            let event = Event {
                schema: "test",
                time: Some(number as i64 * 10 * SECOND),
                identity: (*identity).into(),
                identity_id: format!("arn:aws:iam::1111:user/{identity}").into(),
                kind: Kind::ServiceAccount,
                credential: (*key).into(),
                credential_is_key: !key.is_empty(),
                subject_credential: (*about).into(),
                category: *category,
                action: if number % 2 == 0 { "even".into() } else { "odd".into() },
                outcome: if number % 5 == 4 { Outcome::Denied } else { Outcome::Success },
                ..Event::default()
            };
            batch.push(&event, 0);
        }
        assert!(store.append(batch, 0, 0, false, 0));
        let settings = Settings { lane_order: LaneOrder::Name, ..Settings::default() };
        CaseView::new(Arc::new(Examination::of_store(store, Vec::new())), settings)
    }

    fn labels(view: &CaseView) -> Vec<&Label> {
        view.lines.iter().filter_map(|line| if let Line::Lane(label) = line { Some(label) } else { None }).collect()
    }

    fn names(view: &CaseView) -> Vec<&str> {
        labels(view).iter().map(|label| label.name.as_str()).collect()
    }

    fn filtered(view: &mut CaseView, filter: &str) {
        let rows = crate::query::matching(&view.case, &Filter::parse(filter).unwrap(), &|| false).rows;
        view.filter_text = filter.into();
        view.show_index(Arc::new(Index::of_rows(&view.case.store, rows)), filter.into());
    }

    use Category::{CredentialCreated, CredentialRevoked, Read};

    #[test]
    fn what_one_key_did_is_drawn_once() {
        let acts = [
            Act("one-key", "AKIA-ONE", Read, ""),
            Act("two-keys", "AKIA-FIRST", Read, ""),
            Act("two-keys", "AKIA-SECOND", Read, ""),
            Act("key-and-more", "AKIA-SOME", Read, ""),
            Act("key-and-more", "", Read, ""),
            Act("one-key", "AKIA-ONE", Read, ""),
        ];
        let view = view(&acts);
        assert_eq!(names(&view), ["key-and-more", "one-key", "AKIA-FIRST", "AKIA-SECOND", "AKIA-SOME"]);
        let one = labels(&view)[1];
        assert_eq!(one.below, "key AKIA-ONE · 1111 · user", "the key is named beside its only identity");
        assert!(one.full.contains("arn:aws:iam::1111:user/one-key") && one.full.contains("AKIA-ONE"));
        assert_eq!(labels(&view)[2].below, "of two-keys");
    }

    #[test]
    fn an_event_is_selected_in_the_lane_that_draws_it() {
        let acts =
            [Act("two-keys", "AKIA-FIRST", Read, ""), Act("two-keys", "AKIA-SECOND", Read, ""), Act("two-keys", "AKIA-FIRST", Read, "")];
        let mut view = view(&acts);
        view.select(1);
        let lane = &view.shown.lanes[view.selection.lane.unwrap()];
        assert!(matches!(lane.subject, Subject::Credential(_)) && lane.rows == [1]);
    }

    #[test]
    fn the_life_of_a_key_does_not_depend_on_the_filter() {
        let acts = [
            Act("admin", "", CredentialCreated, "AKIA-LEAKED"),
            Act("bot", "AKIA-LEAKED", Read, ""),
            Act("admin", "", CredentialRevoked, "AKIA-LEAKED"),
            Act("bot", "AKIA-LEAKED", Read, ""),
        ];
        let mut view = view(&acts);
        let life = |view: &CaseView| labels(view).iter().find(|label| label.name == "bot").and_then(|label| label.life);
        let whole = life(&view).unwrap();
        assert_eq!((whole.from, whole.revoked, whole.used_after), (Some(0), Some(20 * SECOND), Some(30 * SECOND)));
        // Neither its making nor its last use passes the filter.
        filtered(&mut view, "action:odd identity:bot until:1970-01-01T00:00:15Z");
        assert_eq!(view.shown.len(), 1);
        assert_eq!(life(&view), Some(whole));
    }

    #[test]
    fn lanes_are_found_hidden_and_pinned() {
        let acts: Vec<Act> = ["robot-10", "robot-2", "mailer", "robot-1"].map(|name| Act(name, "", Read, "")).into();
        let mut view = view(&acts);
        assert_eq!(names(&view), ["mailer", "robot-1", "robot-2", "robot-10"], "numbers in names count");
        view.settings.fold(Kind::ServiceAccount);
        view.grant(Wish::Find("ROBOT-1".into()));
        assert_eq!(names(&view), ["robot-1", "robot-10"], "what is sought is shown although its group is folded");
        view.grant(Wish::Find(String::new()));
        view.settings.fold(Kind::ServiceAccount);
        view.arrange();
        let subject = |view: &CaseView, name: &str| labels(view).iter().find(|label| label.name == name).unwrap().subject;
        view.grant(Wish::Pin(subject(&view, "robot-2")));
        assert_eq!(names(&view), ["robot-2", "mailer", "robot-1", "robot-10"]);
        assert_eq!(view.lines[0], Line::Group(Group::Pinned, 1, true));
        view.grant(Wish::Hide(subject(&view, "robot-2")));
        view.grant(Wish::Hide(subject(&view, "mailer")));
        assert_eq!(names(&view), ["robot-1", "robot-10"]);
        view.grant(Wish::Unhide);
        assert_eq!(names(&view), ["mailer", "robot-1", "robot-2", "robot-10"]);
    }

    #[test]
    fn a_range_stays_and_counts_what_is_in_it() {
        let acts: Vec<Act> = (0..20).map(|_| Act("robot", "", Read, "")).collect();
        let mut view = view(&acts);
        let range = Range::between(95 * SECOND, 40 * SECOND);
        view.grant(Wish::Range(Some(range)));
        view.show(Axis::fit(0, 30 * SECOND));
        assert_eq!(view.range, Some(Range { from: 40 * SECOND, to: 95 * SECOND }));
        assert_eq!(view.in_range(range), (6, Some(2)), "40 to 90 seconds, of which 40 and 90 were denied");
        filtered(&mut view, "action:odd");
        assert_eq!(view.in_range(range).0, 3);
        view.grant(Wish::Range(None));
        assert_eq!(view.range, None);
    }

    #[test]
    fn there_is_a_way_back_through_views_and_filters() {
        let acts: Vec<Act> = (0..20).map(|_| Act("robot", "", Read, "")).collect();
        let mut view = view(&acts);
        view.grant(Wish::Rest);
        let first = view.axis;
        view.show(Axis { from: 50 * SECOND, span: 20e9, ..view.axis });
        view.grant(Wish::Rest);
        filtered(&mut view, "action:odd");
        assert_eq!(view.go(&Wish::Back), Some(String::new()), "the filter is to be taken back");
        view.filter_text = String::new();
        assert_eq!(view.axis.from, 50 * SECOND);
        assert_eq!(view.go(&Wish::Back), None, "the filter is the same");
        assert_eq!((view.axis.from, view.axis.span), (first.from, first.span));
        assert_eq!(view.go(&Wish::Back), None);
        view.go(&Wish::Forward);
        assert_eq!(view.go(&Wish::Forward), Some("action:odd".into()));
    }

    #[test]
    fn events_of_one_action_are_stepped_through() {
        let acts: Vec<Act> = (0..6).map(|_| Act("robot", "", Read, "")).collect();
        let mut view = view(&acts);
        view.grant(Wish::Alike(1));
        assert_eq!(view.selection.event, None);
        view.select(1);
        view.grant(Wish::Alike(1));
        assert_eq!(view.selection.event, Some(3));
        view.grant(Wish::Alike(-1));
        view.grant(Wish::Alike(-1));
        assert_eq!(view.selection.event, Some(1), "there is none before");
        view.grant(Wish::GoTo(40 * SECOND));
        assert!(view.axis.from < 40 * SECOND && view.axis.to() > 40 * SECOND);
    }

    #[test]
    fn values_are_counted_and_become_filters() {
        let acts: Vec<Act> = (0..9).map(|number| Act(if number < 6 { "two words" } else { "mailer" }, "", Read, "")).collect();
        let mut view = view(&acts);
        let identities = &view.values[0];
        assert_eq!((identities.field, identities.listed[0].count, identities.listed[1].count), ("identity", 6, 3));
        let filter = identities.listed[0].filter.clone();
        filtered(&mut view, &filter);
        assert_eq!((view.shown.len(), view.values[0].listed.len()), (6, 1));
    }
}

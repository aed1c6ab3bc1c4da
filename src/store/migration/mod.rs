//! The steps that brought the tables to their present shape, numbered. A step that was released never changes.

mod m0001_meetings;
mod m0002_door;
mod m0003_legs;
mod m0004_recording_files;
mod m0005_sign_offs;
mod m0006_library;
mod m0007_book;
mod m0008_units;
mod m0009_pens;
mod m0010_officers;
mod m0011_second_factors;
mod m0012_one_session;
mod m0013_console_lock;
mod m0014_seats;
mod m0015_sealed;
mod m0016_client_certificates;
mod m0017_anchors;
mod m0018_closed_units;
mod m0019_cancelled;
mod m0020_arrangements;
mod m0021_series;
mod m0022_hand_overs;
mod m0023_guarded_book;
mod m0024_settings_seen;
mod m0025_tokens;
mod m0026_certified;
mod m0027_kind;
mod m0028_profiles;
mod m0029_joint_tests;
mod m0030_attendance;
mod m0031_roll_calls;
mod m0032_signed_arrangements;
mod m0033_materials;
mod m0034_notices_on_paper;
mod m0035_one_place_for_requirements;
mod m0036_units_of_profiles;

pub(super) use m0023_guarded_book::kept_triggers;

use m0002_door::append_only_triggers;

use sea_orm_migration::prelude::*;

/// The step that made the book as it is read now.
pub(super) const BOOK_STEP: &str = "m0023_guarded_book";

pub(super) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_meetings::Migration),
            Box::new(m0002_door::Migration),
            Box::new(m0003_legs::Migration),
            Box::new(m0004_recording_files::Migration),
            Box::new(m0005_sign_offs::Migration),
            Box::new(m0006_library::Migration),
            Box::new(m0007_book::Migration),
            Box::new(m0008_units::Migration),
            Box::new(m0009_pens::Migration),
            Box::new(m0010_officers::Migration),
            Box::new(m0011_second_factors::Migration),
            Box::new(m0012_one_session::Migration),
            Box::new(m0013_console_lock::Migration),
            Box::new(m0014_seats::Migration),
            Box::new(m0015_sealed::Migration),
            Box::new(m0016_client_certificates::Migration),
            Box::new(m0017_anchors::Migration),
            Box::new(m0018_closed_units::Migration),
            Box::new(m0019_cancelled::Migration),
            Box::new(m0020_arrangements::Migration),
            Box::new(m0021_series::Migration),
            Box::new(m0022_hand_overs::Migration),
            Box::new(m0023_guarded_book::Migration),
            Box::new(m0024_settings_seen::Migration),
            Box::new(m0025_tokens::Migration),
            Box::new(m0026_certified::Migration),
            Box::new(m0027_kind::Migration),
            Box::new(m0028_profiles::Migration),
            Box::new(m0029_joint_tests::Migration),
            Box::new(m0030_attendance::Migration),
            Box::new(m0031_roll_calls::Migration),
            Box::new(m0032_signed_arrangements::Migration),
            Box::new(m0033_materials::Migration),
            Box::new(m0034_notices_on_paper::Migration),
            Box::new(m0035_one_place_for_requirements::Migration),
            Box::new(m0036_units_of_profiles::Migration),
        ]
    }
}

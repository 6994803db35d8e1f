use super::*;

/// The records that each release of the messages must be able to read.
const PLANS: &str = include_str!("../../../messages/golden/1/delivery.plan.json");

#[test]
fn a_plan_is_driven_as_it_says_or_not_at_all() {
    let plans: Vec<Plan> = serde_json::from_str(PLANS).unwrap();
    let motions = plans.iter().map(|plan| Model::from(plan).motion);
    assert!(motions.eq([Motion::PointPerTick, Motion::ConstantSpeed { speed_kmh: 36 }, Motion::PointPerTick]));
    let model = Model::from(&plans[1]);
    assert_eq!((model.interval_milliseconds, model.seed, model.noise_meters), (1_000, 7, 4));

    let path = || Arc::new(Path::new(&[[-47.929_23, -15.825_94], [-47.927_65, -15.829_42]]).unwrap());
    assert_eq!(Drive::of_plan(&plans[0], path()).unwrap().last_seq(), 1);
    let other = Plan { model: 9, ..plans[0].clone() };
    assert_eq!(Drive::of_plan(&other, path()).unwrap_err(), PlanError::OtherModel(9));
    let standing = Plan { interval_milliseconds: 0, ..plans[0].clone() };
    assert_eq!(Drive::of_plan(&standing, path()).unwrap_err().reason(), "ZeroInterval");
}

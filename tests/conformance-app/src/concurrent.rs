//! Steps side by side.

use std::{cell::RefCell, pin::pin, time::Duration};

use futures_util::future::{Either, join, join3, select};
use itemsmith_steps::{Answer, Call, Failure, FunctionConfig, Step, drive};

use crate::app::on;

const APP: &str = "conformance";

pub fn functions() -> Vec<FunctionConfig> {
    ["parallel", "nested", "parallel-retried", "raced", "ordered"]
        .map(|id| on(APP, id))
        .into()
}

pub async fn call(function: &str, call: Call) -> Answer {
    match function {
        "parallel" => drive(call, parallel).await,
        "nested" => drive(call, nested).await,
        "ordered" => drive(call, ordered).await,
        "raced" => drive(call, raced).await,
        _ => drive(call, parallel_retried).await,
    }
}

async fn parallel(step: &Step) -> Result<(i64, i64, ()), Failure> {
    let (left, right, slept) = join3(
        step.run("left", async || Ok(1)),
        step.run("right", async || Ok(2)),
        step.sleep("meanwhile", Duration::from_secs(1)),
    )
    .await;
    Ok((left?, right?, slept?))
}

async fn nested(step: &Step) -> Result<String, Failure> {
    let chain = async |name: &str| -> Result<String, Failure> {
        let first: String = step
            .run(format!("{name} first"), async || Ok(format!("{name}1")))
            .await?;
        Ok(step
            .run(format!("{name} second"), async || Ok(format!("{first}2")))
            .await?)
    };
    let (a, b) = join(chain("a"), chain("b")).await;
    let (a, b) = (a?, b?);
    Ok(step
        .run("together", async || Ok(format!("{a} {b}")))
        .await?)
}

async fn parallel_retried(step: &Step) -> Result<u32, Failure> {
    let attempt = step.call().attempt;
    let unsteady = async || match attempt {
        0 => Err(Failure::new("Error", "not at once")),
        attempt => Ok(attempt),
    };
    let steady = step.run("steady", async || Ok(1));
    let (steady, right) = join(steady, step.run("unsteady", unsteady)).await;
    let _one: i64 = steady?;
    Ok(right?)
}

async fn raced(step: &Step) -> Result<String, Failure> {
    let branches = async || {
        let quick = pin!(step.run("quick", async || Ok("quick".to_owned())));
        let slow = pin!(step.sleep("slow", Duration::from_secs(4)));
        match select(quick, slow).await {
            Either::Left((quick, _)) => quick,
            Either::Right((slow, _)) => slow.map(|()| "slow".to_owned()),
        }
    };
    let winner = step.race(branches).await?;
    Ok(step.run("after", async || Ok(winner.clone())).await?)
}

async fn ordered(step: &Step) -> Result<Vec<String>, Failure> {
    let order = RefCell::new(Vec::new());
    let side = async |id: &'static str, side: &str| -> Result<(), Failure> {
        let side: String = step.run(id, async || Ok(side.to_owned())).await?;
        order.borrow_mut().push(side);
        Ok(())
    };
    let (left, right) = join(side("left", "l"), side("right", "r")).await;
    left.and(right)?;
    Ok(order.into_inner())
}

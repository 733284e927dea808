//! One job in QuickJS: fresh contexts, a CPU budget, a memory limit.

use std::{cell::Cell, rc::Rc, time::Duration};

use rquickjs::{
    BigInt, Context, Ctx, Error, Function, Module, Runtime, Value,
    context::intrinsic,
    loader::{ImportAttributes, Loader, Resolver},
    module::Declared,
};

use super::{
    clock::cpu_time,
    plain::{self, NotPlain},
    wire::{Answer, Fault, FaultRule, Job, SeedRun},
};
use crate::policy::PLAIN_GLOBALS;

/// CPU time of one job. A proof of 32 seeds takes about 15 ms; a loop that never ends takes this.
pub(crate) const CPU_BUDGET: Duration = Duration::from_secs(2);
/// Memory of one job's engine, in bytes; a proof takes about 4 MB.
const MEMORY_LIMIT: usize = 96 * 1024 * 1024;
/// Stack of the engine, in bytes; the main thread has 8 MB.
const STACK_LIMIT: usize = 1024 * 1024;
/// Longest item, in bytes; the longest real one is 40 KB.
const OUTPUT_LIMIT: usize = 1024 * 1024;
/// Longest message of an exception that is passed on, in characters.
const MESSAGE_LIMIT: usize = 400;

/// The name that the template has in stack traces.
const TEMPLATE: &str = "template.ts";
const PRELUDE: &str = include_str!("prelude.js");

/// Everything that the language has and a template needs; nothing that tells time or waits.
/// Promises exist because module loading needs them; no job of theirs is ever run.
type Intrinsics = (
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::Promise,
);

/// Runs a job to its end or to one of its limits.
pub(crate) fn run(job: &Job) -> Answer {
    let mut answer = Answer::default();
    let out_of_time = Rc::new(Cell::new(false));
    let first = pass(job, job.seeds.iter().enumerate(), true, &out_of_time);
    let first = match first {
        Ok(pass) => pass,
        Err(fault) => {
            return Answer {
                fault: Some(fault),
                ..answer
            };
        }
    };
    let second = match (&first.stopped, job.twice) {
        (None, true) => pass(job, job.seeds.iter().enumerate().rev(), false, &out_of_time),
        _ => Ok(Pass::default()),
    };
    let (second, second_stop) = match second {
        Ok(pass) => (pass.outcomes, pass.stopped),
        Err(fault) => (Vec::new(), Some(fault)),
    };
    for (at, outcome) in first.outcomes {
        let again = second
            .iter()
            .find(|(other, _)| *other == at)
            .map(|(_, outcome)| outcome);
        let changed = again.is_some_and(|again| differs(&outcome, again));
        let (text, mut fault) = match outcome {
            Ok(text) => (Some(text), None),
            Err(fault) => (None, Some(fault)),
        };
        if changed && fault.is_none() {
            let message = "the same seed gave another result in a second run; \
                           nothing may be remembered from one call to the next";
            fault = Some(fault_without_place(FaultRule::NotDeterministic, message));
        }
        answer.runs.push(SeedRun {
            seed: job.seeds[at],
            text,
            fault,
        });
    }
    answer.fault = first.stopped.or(second_stop);
    answer
}

fn differs(one: &Result<String, Fault>, other: &Result<String, Fault>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one != other,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => true,
        (Err(_), Err(_)) => false,
    }
}

/// What one context gave: the index of each seed with its item or fault.
#[derive(Default)]
struct Pass {
    outcomes: Vec<(usize, Result<String, Fault>)>,
    /// A limit that ended the pass early; its seed is the last outcome.
    stopped: Option<Fault>,
}

fn pass<'a>(
    job: &Job,
    seeds: impl Iterator<Item = (usize, &'a itemsmith_domain::Seed)>,
    look: bool,
    out_of_time: &Rc<Cell<bool>>,
) -> Result<Pass, Fault> {
    let broken = |_| fault_without_place(FaultRule::MemoryLimit, "the engine did not start");
    let runtime = Runtime::new().map_err(broken)?;
    runtime.set_memory_limit(MEMORY_LIMIT);
    runtime.set_max_stack_size(STACK_LIMIT);
    let flag = Rc::clone(out_of_time);
    let start = cpu_time();
    runtime.set_interrupt_handler(Some(Box::new(move || {
        let over = cpu_time().saturating_sub(start) > CPU_BUDGET;
        flag.set(flag.get() || over);
        over
    })));
    runtime.set_loader(Known(job.modules.clone()), Known(job.modules.clone()));
    let context = Context::custom::<Intrinsics>(&runtime).map_err(broken)?;
    context.with(|ctx| {
        let loaded = load(&ctx, &job.script);
        let (big_int, template) = loaded.map_err(|error| explain(&ctx, &error, out_of_time))?;
        let mut pass = Pass::default();
        for (at, seed) in seeds {
            let outcome = one(&ctx, &big_int, &template, &seed.to_string(), look)
                .map_err(|problem| problem.into_fault(&ctx, out_of_time));
            let limit = outcome.as_ref().err().filter(|fault| {
                matches!(fault.rule, FaultRule::TimeLimit | FaultRule::MemoryLimit)
            });
            pass.stopped = limit.cloned();
            pass.outcomes.push((at, outcome));
            if pass.stopped.is_some() {
                break;
            }
        }
        Ok(pass)
    })
}

/// Prepares the context and loads the template: the BigInt function and the default export.
fn load<'js>(ctx: &Ctx<'js>, script: &str) -> Result<(Function<'js>, Function<'js>), Error> {
    let big_int: Function = ctx.globals().get("BigInt")?;
    let prelude: Function = ctx.eval(PRELUDE)?;
    let kept: Vec<&str> = PLAIN_GLOBALS.concat();
    prelude.call::<_, ()>((kept,))?;
    let (module, promise) = Module::declare(ctx.clone(), TEMPLATE, script)?.eval()?;
    if let Some(result) = promise.result::<Value>() {
        result?;
    }
    Ok((big_int, module.get("default")?))
}

/// Why one call gave no item.
enum Problem {
    Js(Error),
    Plain(NotPlain),
    TooLong(usize),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Js(error)
    }
}

impl Problem {
    fn into_fault(self, ctx: &Ctx<'_>, out_of_time: &Cell<bool>) -> Fault {
        match self {
            Self::Js(error) => explain(ctx, &error, out_of_time),
            Self::Plain(NotPlain::Threw) => explain(ctx, &Error::Exception, out_of_time),
            Self::Plain(NotPlain::At(pointer, what)) => {
                let place = if pointer.is_empty() {
                    "the result".to_owned()
                } else {
                    pointer
                };
                let message = format!("{place} is {what}, which is not plain JSON");
                fault_without_place(FaultRule::NotSerialisable, message)
            }
            Self::Plain(NotPlain::TooLarge) => {
                let message = "the item holds more values than any item should";
                fault_without_place(FaultRule::OutputLimit, message)
            }
            Self::TooLong(length) => {
                let message = format!("the item is {length} bytes long; at most {OUTPUT_LIMIT}");
                fault_without_place(FaultRule::OutputLimit, message)
            }
        }
    }
}

/// The item of one seed. In the second run only the text matters, which `look` says.
fn one<'js>(
    ctx: &Ctx<'js>,
    big_int: &Function<'js>,
    template: &Function<'js>,
    seed: &str,
    look: bool,
) -> Result<String, Problem> {
    let seed: BigInt = big_int.call((seed,))?;
    let item: Value = template.call((seed,))?;
    if look {
        plain::check(ctx, &item).map_err(Problem::Plain)?;
    }
    let text = ctx.json_stringify_replacer_space(item, rquickjs::Undefined, 2)?;
    let mut text = text
        .map(|text| text.to_string())
        .transpose()?
        .unwrap_or_default();
    if text.len() > OUTPUT_LIMIT {
        return Err(Problem::TooLong(text.len()));
    }
    text.push('\n');
    Ok(text)
}

fn fault_without_place(rule: FaultRule, message: impl Into<String>) -> Fault {
    Fault {
        rule,
        message: message.into(),
        line: 0,
        column: 0,
    }
}

/// The fault behind an error of the engine; takes a pending exception.
fn explain(ctx: &Ctx<'_>, error: &Error, out_of_time: &Cell<bool>) -> Fault {
    let thrown = if error.is_exception() {
        Some(ctx.catch())
    } else {
        None
    };
    if out_of_time.get() {
        let seconds = CPU_BUDGET.as_secs();
        let message = format!("the template did not end within {seconds} s of processor time");
        return fault_without_place(FaultRule::TimeLimit, message);
    }
    let Some(thrown) = thrown else {
        return fault_without_place(FaultRule::Throws, format!("the engine refused it: {error}"));
    };
    let mut place = (0, 0);
    let mut message = match thrown.as_object().filter(|_| thrown.is_error()) {
        Some(error) => {
            let field = |name: &str| {
                let value = error.get::<_, Value>(name).ok();
                if value.is_none() {
                    ctx.catch();
                }
                value
                    .as_ref()
                    .and_then(Value::as_string)
                    .and_then(|text| text.to_string().ok())
            };
            place = field("stack").as_deref().map_or((0, 0), place_in_template);
            let name = field("name").unwrap_or_else(|| "Error".to_owned());
            format!("{name}: {}", field("message").unwrap_or_default())
        }
        None => match thrown.as_string().and_then(|text| text.to_string().ok()) {
            Some(text) => format!("it threw the string {text:?}"),
            None => format!("it threw a value of type {}", thrown.type_name()),
        },
    };
    // Out of memory, the engine may have none left for an error object and throws null.
    if thrown.is_null() || message.contains("out of memory") {
        let megabytes = MEMORY_LIMIT / (1024 * 1024);
        let message = format!("the template needed more than {megabytes} MB of memory");
        return fault_without_place(FaultRule::MemoryLimit, message);
    }
    if message.chars().count() > MESSAGE_LIMIT {
        message = message.chars().take(MESSAGE_LIMIT).collect::<String>() + "…";
    }
    Fault {
        rule: FaultRule::Throws,
        message,
        line: place.0,
        column: place.1,
    }
}

/// The innermost place of a stack trace that lies in the template: types were erased in place, so
/// the script's lines and columns are the template's.
fn place_in_template(stack: &str) -> (u32, u32) {
    let place = stack.lines().find_map(|line| {
        let (_, rest) = line.split_once("template.ts:")?;
        let mut numbers = rest.split(|c: char| !c.is_ascii_digit()).map(str::parse);
        let line = numbers.next()?.ok()?;
        Some((line, numbers.next().and_then(Result::ok).unwrap_or(1)))
    });
    place.unwrap_or((0, 0))
}

/// The modules of the contract by their specifier, and no others.
struct Known(Vec<(String, String)>);

impl Resolver for Known {
    fn resolve<'js>(
        &mut self,
        _: &Ctx<'js>,
        base: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<String, Error> {
        let known = self.0.iter().any(|(specifier, _)| specifier == name);
        if known {
            Ok(name.to_owned())
        } else {
            Err(Error::new_resolving(base, name))
        }
    }
}

impl Loader for Known {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>, Error> {
        let module = self.0.iter().find(|(specifier, _)| specifier == name);
        let (_, script) = module.ok_or_else(|| Error::new_loading(name))?;
        Module::declare(ctx.clone(), name, script.as_str())
    }
}

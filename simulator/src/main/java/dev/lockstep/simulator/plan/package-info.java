/**
 * Everything about one run that is known before it starts: the group, the hardware, the work, who
 * is Byzantine, which faults happen when. {@link dev.lockstep.simulator.plan.RunConfig} holds it;
 * it is drawn from a seed, within the {@link dev.lockstep.simulator.plan.Restrictions} of the
 * command line. Apart from {@code run}, because the machines read the plan, and runs drive the
 * machines.
 */
package dev.lockstep.simulator.plan;

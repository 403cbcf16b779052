/**
 * Checkers of a simulated run: what must hold whatever the implementation does.
 *
 * <p>They know the rules and see what crosses the border of correct replicas and clients (the
 * {@link dev.lockstep.simulator.Observer} hooks), and nothing else of the implementation. Whatever
 * the implementation computes, they compute again in the most naive way: quorums, certificates, the
 * header chain, the service.
 */
package dev.lockstep.simulator.check;

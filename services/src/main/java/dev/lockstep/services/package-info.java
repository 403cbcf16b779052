/**
 * Services that come with Lockstep, each with its client: a {@linkplain
 * dev.lockstep.services.counter counter}, the {@linkplain dev.lockstep.services.map map of lists}
 * of the papers, an ordered {@linkplain dev.lockstep.services.kv key-value store}, and an
 * {@linkplain dev.lockstep.services.echo echo} for measurements. {@link
 * dev.lockstep.services.Services} makes them by name.
 */
package dev.lockstep.services;

/**
 * The code of the service author's guide; {@code GuideTest} runs it and compares it with the text.
 */
package dev.lockstep.testkit.guide;

/**
 * Features of Dawn that tests do without on SwiftShader. It writes out the zeros of a workgroup's memory, number by number, and then
 * compiles most shaders for three times as long; without the extension Dawn has them written by a loop.
 */
export const slowOnSwiftShader = ["use_vulkan_zero_initialize_workgroup_memory_extension"];

// Faces of a scene.
layout(location = 0) in vec3 place;
layout(location = 1) in vec4 tint;
layout(location = 2) in vec3 normal;

uniform mat4 matrix;
uniform vec4 plane;
uniform vec4 away_row;
// Makes lengths such as the shaders' numbers hold the squares of.
uniform float unit;

out vec4 colour;
out vec3 world;
out vec3 upright;
out float away;

void main() {
    gl_Position = matrix * vec4(place, 1.0);
    gl_ClipDistance[0] = dot(plane, vec4(place, 1.0));
    colour = tint;
    world = place * unit;
    upright = normal;
    away = dot(away_row, vec4(place, 1.0));
}
